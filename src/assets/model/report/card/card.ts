import type { ModelReport } from '../model-report.ts';
import { forWhomWorse } from './for-whom-worse.ts';
import { fromWhichData } from './from-which-data.ts';
import { howGood } from './how-good.ts';
import { type CardVersion, howMade } from './how-made.ts';
import { inShort } from './in-short.ts';
import { notFor } from './not-for.ts';
import { weaknesses } from './weaknesses.ts';
import { whatItCosts } from './what-it-costs.ts';
import { whatItTells } from './what-it-tells.ts';

/** A part of a model card, as plain text: nothing in it is markup. */
export interface CardSection {
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly items: readonly string[];
}

export interface Card {
  readonly title: string;
  readonly sections: readonly CardSection[];
}

/** What a model is, in plain words, from its report alone: what it tells, of whom, how well, for whom worse, at what cost, and what it is not for. */
export function cardOf(report: ModelReport, version?: CardVersion): Card {
  const section = (
    heading: string,
    paragraphs: readonly string[],
    items: readonly string[] = [],
  ): CardSection => {
    return { heading, paragraphs, items };
  };
  const sections = [
    section('In short', inShort(report)),
    section('What it tells', whatItTells(report)),
    section('How good it is', howGood(report)),
    section('What it costs when it errs', whatItCosts(report)),
    section('For whom it is worse', ...forWhomWorse(report)),
    section('What it must not be used for', [], notFor(report)),
    section('From which data', fromWhichData(report)),
    section('Known weaknesses', ...weaknesses(report)),
    section('How it was made', howMade(report, version)),
  ];
  return {
    title: version === undefined ? report.model : version.id,
    sections: sections.filter(({ paragraphs, items }) => paragraphs.length + items.length > 0),
  };
}
