/** RocketRefusals: what RocketMQ says no to, in the words of every broker. */
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Message } from '../../message.ts'
import { asBrokerError, RocketRefusal } from './rocketmq-client.ts'
import { responseCode } from './rocketmq-command.ts'

/** Why a message was not taken. */
export function refusedMessage(error: unknown, { topic, body, delayMs = 0 }: Message): ServiceError {
  const isIllegal = error instanceof RocketRefusal && error.code === responseCode.messageIllegal
  if (!isIllegal) return asBrokerError(error)
  if (delayMs > 0) {
    return new ServiceError(
      'CANNOT_DELAY',
      `RocketMQ does not keep a message of topic ${topic} for ${delayMs} ms: ${error.message}. It delays at most as long as timerMaxDelaySec says, 3 days, and only with timerWheelEnable.`,
    )
  }
  return new ServiceError(
    'MESSAGE_TOO_LARGE',
    `RocketMQ does not take a message of topic ${topic} with ${body.byteLength} bytes: ${error.message}. It takes maxMessageSize, and 32,767 bytes of headers.`,
    { status: 413, retryable: false },
  )
}

export function deliveryLost(): ServiceError {
  return new ServiceError(
    'DELIVERY_LOST',
    'Another member of the group has taken over this message: this one was too slow, or stopped. It may be handled twice; an inbox makes its effect once.',
    { status: 409, retryable: false },
  )
}
