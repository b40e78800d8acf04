// A segment's text cut where it is to look different: the flag's words, corrected words, what may still change. Pure.
import type { Evidence, Label, Segment } from '../api/types';

/**
 * `heard`: what the recogniser wrote where the glossary has this. `tail`: of a partial, agreed on by one pass only.
 * `place`: the words of a place. `found`: what is searched for.
 */
export interface Piece { text: string; label: Label | null; heard: string | null; tail: boolean; place: boolean; found: boolean }

export function piecesOf(segment: Segment, evidence: readonly Evidence[], places: readonly string[] = [], asked = ''): Piece[] {
  const { text } = segment;
  const flagged = flaggedIn(text, evidence);
  const located = places.flatMap((words) => occurrences(text, words).slice(0, 1));
  const found = occurrences(text, asked.trim());
  const corrected = segment.as_heard === null ? [] : corrections(text, segment.as_heard);
  const tail = segment.committed === null || segment.final ? text.length : unitsOf(text, segment.committed);
  const cuts = [0, tail, text.length, ...[...flagged, ...corrected, ...located, ...found].flatMap((span) => [span.start, span.end])];
  const edges = [...new Set(cuts)].sort((a, b) => a - b);
  return edges.slice(0, -1).map((start, index) => ({
    text: text.slice(start, edges[index + 1]),
    label: over(flagged, start)?.label ?? null,
    heard: over(corrected, start)?.heard ?? null,
    tail: start >= tail,
    place: over(located, start) !== undefined,
    found: over(found, start) !== undefined,
  }));
}

export interface Span { start: number; end: number }
const over = <T extends Span>(spans: readonly T[], at: number): T | undefined => spans.find((s) => s.start <= at && at < s.end);

/** Where words stand in a text, whatever their case. */
export function occurrences(text: string, words: string): Span[] {
  if (words === '') return [];
  const [lower, wanted] = [text.toLocaleLowerCase('ru'), words.toLocaleLowerCase('ru')];
  const spans: Span[] = [];
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + wanted.length)) spans.push({ start: at, end: at + wanted.length });
  return spans;
}

/** Python counts characters, JavaScript UTF-16 units. */
const unitsOf = (text: string, characters: number): number => Array.from(text).slice(0, characters).join('').length;

function flaggedIn(text: string, evidence: readonly Evidence[]): (Span & { label: Label })[] {
  const lower = text.toLocaleLowerCase('ru');
  const spans: (Span & { label: Label })[] = [];
  for (const { words, label } of evidence) {
    const start = lower.indexOf(words.toLocaleLowerCase('ru'));
    const taken = spans.some((span) => span.start < start + words.length && start < span.end);
    if (start >= 0 && words !== '' && !taken) spans.push({ start, end: start + words.length, label });
  }
  return spans;
}

interface Word extends Span { text: string }
const wordsOf = (text: string): Word[] =>
  [...text.matchAll(/\S+/gu)].map((m) => ({ text: m[0], start: m.index, end: m.index + m[0].length }));

/** Where `text` differs from what was heard, word by word; words that were only left out stand at the next one. */
export function corrections(text: string, as_heard: string): (Span & { heard: string })[] {
  const [ours, theirs] = [wordsOf(text), wordsOf(as_heard)];
  const found: (Span & { heard: string })[] = [];
  let [i, j] = [0, 0];
  for (const [k, l] of [...common(ours, theirs), [ours.length, theirs.length] as const]) {
    if (k > i || l > j) {
      const [from, to] = k > i ? [i, k - 1] : [Math.min(k, ours.length - 1), Math.min(k, ours.length - 1)];
      const [first, last] = [ours[from], ours[to]];
      const heard = theirs.slice(j, k > i || l === theirs.length ? l : l + 1).map((word) => word.text).join(' ');
      if (first !== undefined && last !== undefined) found.push({ start: first.start, end: last.end, heard });
    }
    [i, j] = [k + 1, l + 1];
  }
  return found;
}

/** The longest common run of words, as pairs of places. */
function common(a: readonly Word[], b: readonly Word[]): (readonly [number, number])[] {
  const best = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => best[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = best[i];
      if (row !== undefined) row[j] = a[i]?.text === b[j]?.text ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i]?.text === b[j]?.text) {
      pairs.push([i, j]);
      [i, j] = [i + 1, j + 1];
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}
