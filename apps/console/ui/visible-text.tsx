import { Fragment } from 'react';
import { visibleText, type TextShape } from '@holdpoint/contracts';

/** Attacker-controlled text: escaped, in the order of its characters, every unseen one marked. */
export function VisibleText({ text, shape = 'line' }: { text: string; shape?: TextShape }) {
  return (
    <span className="as-written">
      <Segments text={text} shape={shape} />
    </span>
  );
}

/** The same without an element of its own, for use inside one that is `as-written` already. */
export function Segments({ text, shape = 'line' }: { text: string; shape?: TextShape }) {
  return visibleText(text, shape).map((segment, index) =>
    segment.kind === 'text' ? (
      <Fragment key={index}>{segment.text}</Fragment>
    ) : (
      <Fragment key={index}>
        {segment.shown}
        <span className="char-mark" title={segment.name}>
          {segment.code}
        </span>
      </Fragment>
    ),
  );
}
