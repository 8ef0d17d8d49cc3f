import { ConsoleShell } from '../../features/shell/console-shell.tsx';

export default function ConsoleLayout({ children }: { children: React.ReactNode }) {
  return <ConsoleShell>{children}</ConsoleShell>;
}
