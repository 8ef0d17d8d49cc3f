import type { Metadata } from 'next';
import { CataloguePage } from '../../../../../features/catalogue/catalogue-page.tsx';

export const metadata: Metadata = { title: 'Catalogue' };

export default async function OneCataloguePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <CataloguePage id={decodeURIComponent(id)} />;
}
