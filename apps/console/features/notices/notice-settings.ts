'use client';

import { useSyncExternalStore } from 'react';

/** How much a notification says: a lock screen shows it to whoever passes by. */
export const NOTICE_CHOICES = ['off', 'bare', 'sentence'] as const;
export type NoticeChoice = (typeof NOTICE_CHOICES)[number];

const CHOICE_KEY = 'holdpoint.notices';
const SOUND_KEY = 'holdpoint.sound';
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // Another tab of this browser.
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be forbidden: then there are no notifications, which is what is shown.
  }
  for (const listener of listeners) listener();
}

function chosen(): NoticeChoice {
  return NOTICE_CHOICES.find((choice) => choice === read(CHOICE_KEY)) ?? 'off';
}

export function useNoticeChoice(): NoticeChoice {
  return useSyncExternalStore(subscribe, chosen, () => 'off');
}

export function setNoticeChoice(choice: NoticeChoice): void {
  write(CHOICE_KEY, choice);
}

export function useSound(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => read(SOUND_KEY) === 'on',
    () => false,
  );
}

export function setSound(on: boolean): void {
  write(SOUND_KEY, on ? 'on' : 'off');
}
