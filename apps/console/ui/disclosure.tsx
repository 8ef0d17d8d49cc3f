import { Icon } from './icons.tsx';

export function Disclosure({
  title,
  children,
}: {
  title: React.ReactNode;
  children: React.ReactNode;
}) {
  return (
    <details className="group overflow-hidden rounded-md border border-line bg-surface">
      <summary className="flex list-none items-center gap-1.5 px-3 py-2 font-medium max-md:min-h-11 hover:bg-raised">
        <Icon name="forward" className="size-4 transition-transform group-open:rotate-90" />
        {title}
      </summary>
      <div className="border-t border-line p-3">{children}</div>
    </details>
  );
}
