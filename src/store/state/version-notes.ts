import type { Instant } from '../../base/index.ts';
import type { Database } from '../database.ts';

/** What a person has said of a version, for good. */
export interface VersionNote {
  readonly version: string;
  /** A `note` says something; an `approval` let a version go live; an `override` did so though it had not passed its gates. */
  readonly kind: 'note' | 'approval' | 'override';
  readonly author: string;
  readonly text: string;
  readonly at: Instant;
}

/** Notes on versions. Only ever added to; a version with a note is not retired. */
export interface VersionNotes {
  add(note: VersionNote): void;
  /** Oldest first. */
  of(version: string): VersionNote[];
  /** The versions that have one. */
  noted(): string[];
}

export function openVersionNotes(database: Database): VersionNotes {
  return {
    add: ({ version, kind, author, text, at }) => {
      database.run('insert into mill_version_note (version, kind, author, text, at) values (?, ?, ?, ?, ?)', [
        version,
        kind,
        author,
        text,
        at,
      ]);
    },
    of: (version) =>
      database.all<VersionNote>(
        'select version, kind, author, text, at from mill_version_note where version = ? order by id',
        [version],
      ),
    noted: () =>
      database
        .all<{ version: string }>('select distinct version from mill_version_note')
        .map(({ version }) => version),
  };
}
