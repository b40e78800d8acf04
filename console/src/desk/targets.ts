import { useTranslation } from 'react-i18next';
import { useFeed } from '../feed/FeedProvider';

/** Where a caller may be sent besides colleagues: extensions of the dialplan's [operators]. */
export const PLACES = ['help', 'duty', '101', '103', '104'] as const;

/** What people call such a place, or a colleague's name; what is not known, as it came. */
export function useTargetName(): (to: string) => string {
  const { t } = useTranslation();
  const desks = useFeed(({ line }) => line?.desks);
  return (to) => {
    const place = PLACES.find((known) => known === to);
    return place === undefined ? desks?.get(to)?.name || to : t(`desk.to.${place}`);
  };
}
