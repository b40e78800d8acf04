// Call-backs in the order in which they are worked. Pure.
import type { Call, CallBack } from '../api/types';

/** One's own task about the caller on the line; all of one's own while nobody knows who that is. */
export function aboutCall(tasks: Iterable<CallBack>, operator: string, call: Pick<Call, 'id' | 'number'> | undefined): CallBack[] {
  const same = (task: CallBack): boolean => call === undefined || task.call_id === call.id || (call.number !== '' && task.number === call.number);
  return soonestFirst(tasks, operator).filter((task) => task.owner === operator && same(task));
}

/** One's own first, then the urgent, then by deadline; what a colleague has taken comes last. Done ones are not shown. */
export function soonestFirst(tasks: Iterable<CallBack>, operator: string): CallBack[] {
  const rank = (task: CallBack): number => (task.owner === operator ? 0 : task.owner === null ? 1 : 2);
  return [...tasks]
    .filter((task) => task.done === null)
    .sort((a, b) => rank(a) - rank(b) || Number(b.urgent) - Number(a.urgent) || Date.parse(a.deadline) - Date.parse(b.deadline));
}
