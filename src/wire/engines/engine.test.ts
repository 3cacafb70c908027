import { describe, it } from 'node:test'
import { missingLibc } from '../../platform/libc/libc-skip.fixture.ts'
import { describeEngine } from './engine.contract.ts'
import { libcEngine } from './libc.ts'
import { nativeEngine } from './native.ts'
import { socketsEngine } from './sockets.ts'

for (const engine of [socketsEngine, nativeEngine]) describeEngine(engine)

const skip = await missingLibc()
if (skip === false) describeEngine(libcEngine)
else describe('the libc engine', () => it('needs Linux and FFI', { skip }, () => undefined))
