/** Tones: what a colour means, wherever it is used. */
export type Tone = 'ok' | 'warn' | 'bad' | 'busy' | 'idle' | 'accent'
