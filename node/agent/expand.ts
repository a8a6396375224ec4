/**
 * `$(NAME)` in env values, commands and arguments, as Kubernetes expands it: known names are replaced, `$$` stands for one
 * dollar, and what is unknown or unclosed stays as it was written.
 *
 * @module
 */

/** Undefined where a name is not known. */
export function expandKnown(text: string, env: Readonly<Record<string, string>>): string | undefined {
  const names = [...text.replaceAll('$$', '').matchAll(/\$\(([^)]*)\)/g)].map(([, name = '']) => name)
  return names.every((name) => Object.hasOwn(env, name)) ? expand(text, env) : undefined
}

export function expand(text: string, env: Readonly<Record<string, string>>): string {
  let out = ''
  for (let at = 0; at < text.length; at++) {
    const next = text[at + 1]
    if (text[at] !== '$' || next === undefined) {
      out += text[at]
    } else if (next === '$') {
      out += '$'
      at += 1
    } else if (next === '(' && text.includes(')', at)) {
      const end = text.indexOf(')', at)
      const name = text.slice(at + 2, end)
      out += Object.hasOwn(env, name) ? env[name] : `$(${name})`
      at = end
    } else {
      out += '$'
    }
  }
  return out
}
