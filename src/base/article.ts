/** A noun with its article: `an endpoint`, `a table`. By its first letter, which is right for all that is named so here. */
export const withArticle = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
