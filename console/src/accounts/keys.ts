export const ACCOUNTS_KEY = ['accounts'] as const;
