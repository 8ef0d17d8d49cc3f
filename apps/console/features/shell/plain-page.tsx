import { LogoMark } from '../../ui/icons.tsx';

/** A page on its own, without what only signed-in people see. */
export function PlainPage({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <main id="main" className="mx-auto flex max-w-lg flex-col items-start gap-4 px-5 py-16">
      <LogoMark className="size-9" />
      <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
      {children}
    </main>
  );
}
