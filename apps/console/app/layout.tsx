import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import { THEME_SCRIPT } from '../lib/theme-script.ts';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Holdpoint', template: '%s · Holdpoint' },
  description: 'A person between an AI agent and the systems it can damage.',
  manifest: '/manifest.json',
  appleWebApp: { capable: true, title: 'Holdpoint', statusBarStyle: 'default' },
  icons: { apple: '/icon-192.png' },
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  viewportFit: 'cover',
  // The keyboard takes its place from the page, so that the verdict bar stays above it.
  interactiveWidget: 'resizes-content',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f6f6f4' },
    { media: '(prefers-color-scheme: dark)', color: '#0f1214' },
  ],
};

export default async function RootLayout({ children }: { children: React.ReactNode }) {
  // Reading the headers makes every page dynamic: Next then puts the gateway's nonce on its scripts.
  const policy = (await headers()).get('content-security-policy') ?? '';
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
  return (
    // The theme script changes the element before React sees it.
    <html lang="en" suppressHydrationWarning>
      <head>
        <script
          nonce={nonce}
          dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }}
          suppressHydrationWarning
        />
      </head>
      <body>{children}</body>
    </html>
  );
}
