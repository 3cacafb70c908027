/** The packages that are measured beside Genever, behind one import; it stands where they are installed. */
export { channel } from '@thi.ng/csp'
export { select as selectChannel } from '@thi.ng/csp/ops'
export { Channel as AsyncChannel } from 'async-channel'
export { Mutex as AsyncMutex, Semaphore as AsyncSemaphore } from 'async-mutex'
export { Sema } from 'async-sema'
export { default as pLimit } from 'p-limit'
export { default as PQueue } from 'p-queue'
export { Piscina } from 'piscina'
