/** What the dashboard's server answered in place of what was asked, or that it did not answer. */
export class ApiError extends Error {
  /** Of the answer; 0 where there was none. */
  readonly status: number
  readonly code: string

  constructor({ status, code, message }: { readonly status: number; readonly code: string; readonly message: string }) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }
}

export async function errorFrom(response: Response): Promise<ApiError> {
  const problem: unknown = await response.json().catch(() => undefined)
  const { code, detail, title } = isRecord(problem) ? problem : {}
  return new ApiError({
    status: response.status,
    code: typeof code === 'string' ? code : `HTTP_${response.status}`,
    message: [detail, title].find((text) => typeof text === 'string') ?? `The dashboard answered ${response.status}.`,
  })
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const message = 'The dashboard does not answer. It may have been stopped; start it again and this page goes on.'
  return new ApiError({ status: 0, code: 'UNREACHABLE', message })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
