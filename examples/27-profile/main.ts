/**
 * profile: which function uses the processor, as a file for `go tool pprof`.
 *
 *   prints the profile names it: true
 *   prints gzipped: true
 *   ends
 */
import { recordCpuProfile } from 'genever/profile'

function slowSum(): number {
  let sum = 0
  for (const end = performance.now() + 200; performance.now() < end; ) for (let i = 0; i < 1e4; i++) sum += Math.sqrt(i)
  return sum
}

const recording = recordCpuProfile({ seconds: 0.5 })
setTimeout(slowSum, 50)
const done = await recording

// Written to files: `go tool pprof cpu.pb.gz`, or `cpu.cpuprofile` for Chrome.
const file = await done.pprof()
console.log(`the profile names it: ${done.cpuprofile().includes('slowSum')}`)
console.log(`gzipped: ${file[0] === 0x1f && file[1] === 0x8b}`)
