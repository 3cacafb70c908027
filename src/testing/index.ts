/**
 * Testing: what the tests of a service need besides a test runner.
 *
 *   service.http.request(path)          one request, no port
 *   testService(service)                the whole service on free ports, its log in memory
 *   service.replace(component)          another component in the place of one
 *   checkLeaks(body)                    that nothing it started still runs or waits
 *   ManualClock                         time that a test turns
 */
export { ManualClock } from '../foundation/clock/manual-clock.ts'
export { MemorySink } from '../telemetry/sinks/memory.ts'
export { checkLeaks } from './check-leaks.ts'
export { type MemoryLogger, memoryLogger } from './memory-logger.ts'
export { type TestedService, testService } from './test-service.ts'
