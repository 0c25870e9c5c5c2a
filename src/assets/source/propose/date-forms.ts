/** Forms of dates other than ISO 8601, each by a pattern with the parts as groups. */
const SLASHED = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?: (\d{1,2}:\d\d)(:\d\d)?( ?[AP]M)?)?$/i;
const WORDED: readonly [RegExp, string][] = [
  [/^\d{1,2}[- ][A-Za-z]{3}[- ]\d{4}$/, '%d-%b-%Y'],
  [/^[A-Za-z]{3} \d{1,2}, ?\d{4}$/, '%b %d, %Y'],
  [/^[A-Za-z]{4,9} \d{1,2}, ?\d{4}$/, '%B %d, %Y'],
  [/^\d{4}\/\d{1,2}\/\d{1,2}$/, '%Y/%m/%d'],
  [/^\d{4}\/\d{1,2}\/\d{1,2} \d{1,2}:\d\d(:\d\d)?$/, '%Y/%m/%d %H:%M:%S'],
];

/** How a column of texts writes dates: strptime's form where one is found, `several forms`, or undefined for no dates. */
export function dateForm(sample: readonly string[]): string | undefined {
  const values = sample.map((text) => text.trim()).filter((text) => text !== '');
  if (values.length === 0) return undefined;
  const forms = new Set<string>();
  let dates = 0;
  const slashed: RegExpExecArray[] = [];
  for (const value of values) {
    const parts = SLASHED.exec(value);
    const form = WORDED.find(([pattern]) => pattern.test(value))?.[1];
    if (parts !== null) slashed.push(parts);
    else if (form !== undefined) forms.add(form);
    else if (/^\d{4}-\d\d-\d\d([T ]|$)/.test(value)) forms.add('%Y-%m-%d');
    else continue;
    dates++;
  }
  if (dates < values.length * 0.9) return undefined;
  if (slashed.length > 0) forms.add(slashedForm(slashed));
  return forms.size === 1 ? [...forms][0] : 'several forms';
}

/** Which number is the day is told by one above 12. */
function slashedForm(all: readonly RegExpExecArray[]): string {
  const [, , mark = '/', , year = '', minutes, seconds, half] = all[0] as RegExpExecArray;
  const dayFirst = all.some((parts) => Number(parts[1]) > 12);
  const monthFirst = all.some((parts) => Number(parts[3]) > 12);
  if (dayFirst && monthFirst) return 'several forms';
  const order = dayFirst ? ['%d', '%m'] : monthFirst ? ['%m', '%d'] : ['%d or %m', '%m or %d'];
  const date = [...order, year.length === 4 ? '%Y' : '%y'].join(mark);
  if (minutes === undefined) return date;
  const clock = half === undefined ? '%H:%M' : '%I:%M';
  return `${date} ${clock}${seconds === undefined ? '' : ':%S'}${half === undefined ? '' : `${half.startsWith(' ') ? ' ' : ''}%p`}`;
}
