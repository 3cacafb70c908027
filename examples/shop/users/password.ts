/**
 * Passwords: kept as salted scrypt hashes, computed on the runtime's thread pool so that no other request waits.
 *
 * Two at a time: the pool has four threads, which files and names of hosts need as well, and each hash takes 32 MiB. Whoever has
 * given up while it waited in line is not worked for.
 *
 *   scrypt$32768$8$3$<salt>$<hash>     the cost is kept with the hash, so it can be raised without locking anybody out
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { Semaphore } from 'genever/concurrency'

/** OWASP Password Storage Cheat Sheet, 2023: N = 2^15, r = 8, p = 3. About 32 MiB and 0.2 s. */
const cost = { N: 2 ** 15, r: 8, p: 3 }
const keyBytes = 32
const hashing = new Semaphore(2)

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, N, r, p, salt = '', key = ''] = hash.split('$')
  const expected = Buffer.from(key, 'base64url')
  const derived = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return timingSafeEqual(derived, expected)
}

function derive(password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
  // One form for one text: `é` typed as one character or as two is the same password.
  const text = password.normalize('NFC')
  return hashing.run(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        scrypt(text, salt, keyBytes, options, (error, key) => (error ? reject(error) : resolve(key)))
      }),
  )
}
