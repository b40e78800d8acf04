import { createBrowserRouter } from 'react-router';
import { AccountsPage } from './accounts/AccountsPage';
import { AuditPage } from './accounts/AuditPage';
import { Shell } from './Shell';
import { LinePage } from './line/LinePage';

// Desk, wallboard and reports become siblings of the line inside the shell.
export const router = createBrowserRouter([
  {
    element: <Shell />,
    children: [
      { path: '/', element: <LinePage />, children: [{ path: 'calls/:callId', element: null }] },
      { path: '/accounts', element: <AccountsPage /> },
      { path: '/audit', element: <AuditPage /> },
      { path: '*', element: <LinePage /> },
    ],
  },
]);
