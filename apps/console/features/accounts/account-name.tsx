import type { ChannelAccount } from '@holdpoint/contracts';
import { VisibleText } from '../../ui/visible-text.tsx';

/** An account as the other side names it: the name may be anybody's, the id counts. */
export function AccountName({
  account: { account, name, channelTitle },
}: {
  account: Pick<ChannelAccount, 'account' | 'name' | 'channelTitle'>;
}) {
  return (
    <>
      <strong>
        <VisibleText text={name} />
      </strong>
      {name !== account && (
        <>
          {' '}
          (<VisibleText text={account} />)
        </>
      )}
      , by the channel <VisibleText text={channelTitle} />
    </>
  );
}
