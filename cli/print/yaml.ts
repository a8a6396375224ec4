/**
 * YAML that Kubernetes reads back as it was: texts that YAML 1.1 would take for something else are quoted.
 *
 * @module
 */
import { stringify } from 'yaml'

export function yamlText(value: unknown): string {
  return stringify(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 })
}
