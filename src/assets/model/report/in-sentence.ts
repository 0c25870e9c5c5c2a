/** A label within a sentence: `Log loss` → `log loss`, `ROC-AUC` as it is. */
export const inSentence = (label: string): string =>
  /^\p{Lu}\p{Ll}/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;

/** `a, b and c`; of many the first, and how many more. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most);
  if (names.length > most) return `${shown.join(', ')} and ${names.length - most} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Texts of a person as sentences; what is blank says nothing. */
export const sentences = (texts: readonly (string | undefined)[]): string[] =>
  texts.flatMap((text = '') => {
    const said = text.trim();
    return said === '' ? [] : [/[.!?]$/.test(said) ? said : `${said}.`];
  });
