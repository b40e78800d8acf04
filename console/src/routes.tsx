import { createBrowserRouter, Navigate } from 'react-router';
import { AccountsPage } from './accounts/AccountsPage';
import { AuditPage } from './accounts/AuditPage';
import { DeskPage } from './desk/DeskPage';
import { Broken } from './parts/Broken';
import { PhoneKeeper } from './phone/PhoneKeeper';
import { mayDo, useSession } from './session/session';
import { Shell } from './Shell';
import { LinePage } from './line/LinePage';

/** Operators begin at their desk; the line is for those who supervise, and for accounts that take no calls. */
function Start() {
  const session = useSession();
  if (session !== null && session.operator !== null && !mayDo(session, 'supervisor')) return <Navigate to="/desk" replace />;
  return <LinePage />;
}

// What operators never open is loaded when it is: their desk stays small.
export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <><PhoneKeeper /><Broken /></>,
    children: [
      { path: '/desk', element: <DeskPage />, errorElement: <Broken /> },
      { path: '/', element: <Start />, errorElement: <Broken />, children: [{ path: 'calls/:callId', element: null }] },
      { path: '/accounts', element: <AccountsPage />, errorElement: <Broken /> },
      { path: '/audit', element: <AuditPage />, errorElement: <Broken /> },
      { path: '/wallboard', lazy: async () => ({ Component: (await import('./wallboard/WallboardPage')).WallboardPage }), errorElement: <Broken /> },
      { path: '*', element: <LinePage /> },
    ],
  },
]);
