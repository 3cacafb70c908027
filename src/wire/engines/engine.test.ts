import { describeEngine } from './engine.contract.ts'
import { nativeEngine } from './native.ts'
import { socketsEngine } from './sockets.ts'

for (const engine of [socketsEngine, nativeEngine]) describeEngine(engine)
