// What the page knows of the line: a pure fold of the feed. The server knows; nothing here guesses.
import type { Call, CallBack, Change, Desk, FeedMessage, Gap, Light, Live, Member, Recognition, Segment } from '../api/types';

export interface Line {
  seq: number;
  node: string;
  flags: Live['flags'];
  calls: ReadonlyMap<string, Call>;
  members: ReadonlyMap<string, Member>;
  lights: ReadonlyMap<string, Light>;
  gaps: readonly Gap[];
  /** Null: not known yet. */
  recognition: Recognition | null;
  /** Those that may be chosen for a call. */
  languages: readonly string[];
  /** By operator. */
  desks: ReadonlyMap<string, Desk>;
  /** By the call that was lost. */
  call_backs: ReadonlyMap<string, CallBack>;
  /** Server's clock minus ours, ms. */
  ahead_ms: number;
}

/** The next picture, or 'hole' when a change is missing and the snapshot has to be read again. */
export function advance(line: Line | null, message: FeedMessage, now_ms: number): Line | 'hole' {
  if (message.type === 'snapshot') return fromSnapshot(message.live, now_ms);
  if (line === null) return 'hole';
  if (message.type === 'ping') return message.seq === line.seq ? line : 'hole';
  if (message.seq !== line.seq + 1) return 'hole';
  return { ...changed(line, message), seq: message.seq };
}

function fromSnapshot(live: Live, now_ms: number): Line {
  return {
    seq: live.seq,
    node: live.node,
    flags: live.flags,
    calls: new Map(live.calls.map((call) => [call.id, call])),
    members: new Map(live.members.map((member) => [seat(member), member])),
    lights: new Map(live.lights.map((light) => [light.lamp, light])),
    gaps: live.gaps,
    recognition: live.recognition,
    languages: live.languages,
    desks: new Map(live.desks.map((desk) => [desk.operator, desk])),
    call_backs: new Map(live.call_backs.map((task) => [task.call_id, task])),
    ahead_ms: Date.parse(live.at) - now_ms,
  };
}

function changed(line: Line, change: Change): Line {
  switch (change.type) {
    case 'call':
      return { ...line, calls: new Map(line.calls).set(change.call.id, change.call) };
    case 'removed': {
      const calls = new Map(line.calls);
      calls.delete(change.call_id);
      return { ...line, calls };
    }
    case 'segment': {
      const call = line.calls.get(change.call_id);
      if (call === undefined) return line;
      const heard = { ...call, segments: withSegment(call.segments, change.segment) };
      return { ...line, calls: new Map(line.calls).set(call.id, heard) };
    }
    case 'card': {
      const call = line.calls.get(change.call_id);
      return call === undefined ? line : { ...line, calls: new Map(line.calls).set(call.id, { ...call, card: change.card }) };
    }
    case 'light':
      return { ...line, lights: new Map(line.lights).set(change.light.lamp, change.light) };
    case 'member':
      return { ...line, members: new Map(line.members).set(seat(change.member), change.member) };
    case 'gap':
      return { ...line, gaps: [...line.gaps, change.gap].slice(-20) };
    case 'recognition':
      return { ...line, recognition: change.recognition };
    case 'desk':
      return { ...line, desks: new Map(line.desks).set(change.desk.operator, change.desk) };
    case 'call_back':
      return { ...line, call_backs: new Map(line.call_backs).set(change.task.call_id, change.task) };
  }
}

/** In time order; an equal or older revision of the same side and start gives way (board.with_segment). */
export function withSegment(segments: readonly Segment[], heard: Segment): Segment[] {
  const same = (s: Segment): boolean => s.side === heard.side && s.start_s === heard.start_s;
  const older = segments.find(same);
  if (older !== undefined && older.revision > heard.revision) return [...segments];
  return [...segments.filter((s) => !same(s)), heard].sort(
    (a, b) => a.start_s - b.start_s || Number(a.side === 'operator') - Number(b.side === 'operator'),
  );
}

const seat = (member: Member): string => `${member.queue}/${member.operator}`;
