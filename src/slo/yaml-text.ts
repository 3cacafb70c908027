/** YAML text: what was computed, as files that Prometheus reads; the same bytes for the same declaration. */
import type { RuleGroup } from './rule.ts'

export interface YamlOptions {
  /** Lines of the comment at the head. */
  readonly comment?: readonly string[]
}

/** A rule file. */
export function rulesYaml(groups: readonly RuleGroup[], options: YamlOptions = {}): Promise<string> {
  return yamlText({ groups }, options)
}

/** Any plain value as YAML, its keys in the order in which they stand. */
export async function yamlText(value: unknown, { comment = [] }: YamlOptions = {}): Promise<string> {
  const { stringify } = await import('yaml')
  const head = comment.map((line) => `# ${line}\n`).join('')
  // Expressions stay on one line: a folded one is read wrongly by people who edit it. Anchors are hard to read in a diff.
  return head + stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })
}
