/**
 * The state machine of an instance: the way forward as boxes from left to right, steps of one stage below one another, and the way
 * back below them, as far as it was or has to be gone.
 */
import type { SagaStepView } from '../../../../src/service/operations/operations-api.ts'
import { stepTexts, stepTones } from './saga-tones.ts'

const box = { width: 168, height: 58 }
const gap = { x: 52, y: 18 }
const margin = 10
/** The way back runs so far below the last box. */
const backDepth = 34

const wentBack: readonly SagaStepView['state'][] = ['to-undo', 'undoing', 'undo-failing', 'undone']

interface Placed {
  readonly step: SagaStepView
  readonly x: number
  readonly y: number
}

export interface StepGraphProps {
  readonly steps: readonly SagaStepView[]
  readonly chosen: string
  readonly onChoose: (step: string) => void
}

export function StepGraph({ steps, chosen, onChoose }: StepGraphProps) {
  const placed = placedOf(steps)
  const columns = Math.max(0, ...steps.map(({ stage }) => stage)) + 1
  const rows = Math.max(1, ...placed.map(({ y }) => (y - margin) / (box.height + gap.y) + 1))
  const hasBack = placed.some(({ step }) => wentBack.includes(step.state))
  const width = margin * 2 + columns * box.width + (columns - 1) * gap.x
  const bottom = margin + rows * box.height + (rows - 1) * gap.y
  const height = bottom + margin + (hasBack ? backDepth : 0)
  return (
    <div class="step-graph" role="group" aria-label="State machine">
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the group around it has the name, each step its own */}
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
        {placed.flatMap((to) =>
          placed
            .filter(({ step }) => step.stage === to.step.stage - 1)
            .map((from) => (
              <path
                key={`${from.step.name} ${to.step.name}`}
                class="step-edge"
                data-tone={
                  to.step.state === 'skipped' || to.step.state === 'waiting' ? 'idle' : stepTones[from.step.state]
                }
                d={curveOf(from, to)}
              />
            )),
        )}
        {hasBack && <BackPath placed={placed} bottom={bottom} />}
        {placed.map((one) => (
          <StepBox key={one.step.name} placed={one} isChosen={one.step.name === chosen} onChoose={onChoose} />
        ))}
      </svg>
    </div>
  )
}

function StepBox({
  placed: { step, x, y },
  isChosen,
  onChoose,
}: {
  readonly placed: Placed
  readonly isChosen: boolean
  readonly onChoose: (step: string) => void
}) {
  const { name, state, attempts, isLocal, noReturn } = step
  const tries = attempts > 1 ? `, ${attempts} attempts` : ''
  return (
    <g
      class="step-box"
      role="button"
      tabindex={0}
      aria-pressed={isChosen}
      aria-label={`${name}: ${stepTexts[state]}${tries}`}
      data-tone={stepTones[state]}
      data-state={state}
      transform={`translate(${x} ${y})`}
      onClick={() => onChoose(name)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return
        event.preventDefault()
        onChoose(name)
      }}
    >
      <rect width={box.width} height={box.height} rx="9" />
      <circle cx="18" cy="21" r="4.5" />
      <text class="node-label" x="30" y="25">
        {shortened(name, 17)}
      </text>
      <text class="node-figures" x="14" y="45">
        {stepTexts[state]}
        {tries}
      </text>
      {(noReturn || isLocal) && (
        <text class={noReturn ? 'node-flag' : 'node-flag is-quiet'} x={box.width - 12} y="45" text-anchor="end">
          {noReturn ? 'no return' : 'local'}
        </text>
      )}
    </g>
  )
}

/** From the last step that has to be undone to the first one; the part that was gone is whole, the rest dashed. */
function BackPath({ placed, bottom }: { readonly placed: readonly Placed[]; readonly bottom: number }) {
  const undone = placed.filter(({ step }) => wentBack.includes(step.state))
  const y = bottom + backDepth / 2
  return (
    <>
      {undone.map(({ step, x, y: top }) => {
        const middle = x + box.width / 2
        return (
          <g key={step.name} class="step-back" data-tone={stepTones[step.state]} data-state={step.state}>
            <path
              d={`M${middle + 46} ${top + box.height} V${y - 8} q0 8 -8 8 H${middle - 38} q-8 0 -8 -8 V${top + box.height + 7}`}
            />
            <path d={`M${middle - 50} ${top + box.height + 11} l4 -6 l4 6`} />
            <text x={middle} y={y + 4} text-anchor="middle">
              {step.undoAttempts > 1 ? `${stepTexts[step.state]} (${step.undoAttempts})` : stepTexts[step.state]}
            </text>
          </g>
        )
      })}
    </>
  )
}

function placedOf(steps: readonly SagaStepView[]): Placed[] {
  const seen = new Map<number, number>()
  return steps.map((step) => {
    const row = seen.get(step.stage) ?? 0
    seen.set(step.stage, row + 1)
    return {
      step,
      x: margin + step.stage * (box.width + gap.x),
      y: margin + row * (box.height + gap.y),
    }
  })
}

function curveOf(from: Placed, to: Placed): string {
  const [x1, y1] = [from.x + box.width, from.y + box.height / 2]
  const [x2, y2] = [to.x, to.y + box.height / 2]
  const bend = (x2 - x1) / 2
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
