import { isIP } from 'node:net';

/** Sorts of personal data that are told by the values or the name of a column. */
export type Personal =
  | 'e-mail addresses'
  | 'card numbers'
  | 'IP addresses'
  | 'phone numbers'
  | 'names'
  | 'addresses'
  | 'dates of birth'
  | 'identity numbers';

const EMAIL = /^[^\s@,;]+@[^\s@,;]+\.[a-z]{2,}$/i;
const CARD = /^\d(?:[ -]?\d){12,18}$/;
/** With a sign of being one: plain digits may be anything. */
const PHONE = /^(\+\d|\(\d{2,5}\)|0?\d{2,4}[ ./-]\d{2,4}[ ./-])[\d ()./-]{4,20}$/;

const NAMED: readonly [RegExp, Personal][] = [
  [/e_?mail/, 'e-mail addresses'],
  [/phone|mobile|telefon|(^|_)fax/, 'phone numbers'],
  [/(card|pan)_?(no|num|number)$|credit_card$|^pan$|iban/, 'card numbers'],
  [/(^|_)(ip|ip_?addr(ess)?|client_ip|remote_addr)$/, 'IP addresses'],
  [
    /(first|last|full|given|family|middle|maiden|sur|customer|client|patient|employee|person|user|driver|holder|contact)_?name$|^surname$|^fullname$/,
    'names',
  ],
  [/(street|home|postal|billing|shipping|mailing)_?addr(ess)?$|^address(_line)?(_?\d)?$/, 'addresses'],
  [/birth|(^|_)dob$/, 'dates of birth'],
  [/(^|_)(ssn|passport|national_id|tax_id|social_security)(_|$)/, 'identity numbers'],
];

/** A column's name as words joined by `_`, to look for words in it. */
export function wordsOf(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
}

/** What personal data a column likely holds, by most of the values seen and by its name; undefined for none. */
export function personalData(name: string, sample: readonly string[]): Personal | undefined {
  const values = sample.map((text) => text.trim()).filter((text) => text !== '');
  const most = (is: (text: string) => boolean): boolean =>
    values.length > 0 && values.filter(is).length >= values.length * 0.8;
  if (most((text) => EMAIL.test(text))) return 'e-mail addresses';
  if (most((text) => CARD.test(text) && luhn(text))) return 'card numbers';
  if (most((text) => isIP(text) !== 0)) return 'IP addresses';
  if (
    most(
      (text) =>
        PHONE.test(text) && digitsOf(text).length >= 7 && digitsOf(text).length <= 15 && !DATE.test(text),
    )
  )
    return 'phone numbers';
  const words = wordsOf(name);
  return NAMED.find(([pattern]) => pattern.test(words))?.[1];
}

const DATE = /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b/;

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** Whether the digits of a text pass Luhn's check (ISO/IEC 7812-1, annex B). */
export function luhn(text: string): boolean {
  const digits = digitsOf(text);
  // Only zeros pass too, and are no card.
  if (/^0*$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}
