import '@mantine/core/styles.css';
import './style/tokens.css';
import './i18n';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { ApiFailure } from './api/read';
import { FeedProvider } from './feed/FeedProvider';
import { router } from './routes';
import { theme } from './theme';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, failure) => count < 2 && !(failure instanceof ApiFailure && failure.status < 500),
      refetchOnWindowFocus: false,
    },
  },
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <FeedProvider>
          <RouterProvider router={router} />
        </FeedProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
