import Link from 'next/link';
import type { ComponentProps } from 'react';

const LOOKS = {
  plain: 'border-strong-line bg-surface text-ink hover:bg-raised',
  primary: 'border-transparent bg-accent text-surface hover:opacity-90',
  go: 'border-transparent bg-go-solid text-white hover:brightness-110',
  stop: 'border-transparent bg-stop-solid text-white hover:brightness-110',
  'stop-outline': 'border-stop bg-surface text-stop hover:bg-stop-soft',
  quiet: 'border-transparent text-muted hover:bg-raised hover:text-ink',
} as const;

// On a phone nothing is smaller than a thumb hits: 44 px.
const SIZES = {
  small: 'min-h-7 px-2 text-sm gap-1 max-md:min-h-11 max-md:min-w-11',
  normal: 'min-h-9 px-3 gap-1.5 max-md:min-h-11',
  large: 'min-h-12 px-4 text-lg gap-2 md:min-h-10 md:text-base',
} as const;

interface Style {
  look?: keyof typeof LOOKS;
  size?: keyof typeof SIZES;
}

const shape = ({ look = 'plain', size = 'normal' }: Style, className = '') =>
  `inline-flex items-center justify-center rounded-md border font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-55 ${LOOKS[look]} ${SIZES[size]} ${className}`;

export function Button({
  look,
  size,
  className,
  type = 'button',
  ...rest
}: ComponentProps<'button'> & Style) {
  const style = { ...(look && { look }), ...(size && { size }) };
  return <button type={type} className={shape(style, className)} {...rest} />;
}

export function ButtonLink({
  look,
  size,
  className,
  ...rest
}: ComponentProps<typeof Link> & Style) {
  const style = { ...(look && { look }), ...(size && { size }) };
  return <Link className={shape(style, className)} {...rest} />;
}

/** For files the gateway serves: a plain link, which the router leaves alone. */
export function DownloadLink({ look, size, className, ...rest }: ComponentProps<'a'> & Style) {
  const style = { ...(look && { look }), ...(size && { size }) };
  return <a className={shape(style, className)} download {...rest} />;
}
