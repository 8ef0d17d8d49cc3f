import type { Metadata } from 'next';
import { Rotas } from '../../../../features/rotas/rotas.tsx';

export const metadata: Metadata = { title: 'Rotas' };

export default function RotasPage() {
  return <Rotas />;
}
