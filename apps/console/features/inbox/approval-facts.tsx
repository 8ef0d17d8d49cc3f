import type { ApprovalDetail } from '@holdpoint/contracts';
import { Fact, Facts } from '../../ui/page.tsx';
import { TextLink } from '../../ui/text-link.tsx';
import { Utc } from '../../ui/time.tsx';
import { VisibleText } from '../../ui/visible-text.tsx';
import { SetOwnerLink } from './set-owner-link.tsx';

export function ApprovalFacts({ approval }: { approval: ApprovalDetail }) {
  const { caller, client } = approval;
  return (
    <section aria-labelledby="facts" className="flex max-w-3xl flex-col gap-3">
      <h2 id="facts" className="font-semibold">
        Who asks, and where
      </h2>
      <Facts>
        <Fact name="Caller">
          <VisibleText text={caller.displayName} />{' '}
          <span className="text-muted">
            ({caller.kind === 'service' ? 'service identity' : 'a person’s agent'})
          </span>
        </Fact>
        <Fact name="Identity">
          <span className="font-mono text-sm">
            <VisibleText text={caller.subject} />
          </span>{' '}
          <span className="text-muted">at {caller.issuer}</span>
        </Fact>
        {caller.kind === 'service' && (
          <Fact name="Owner">
            {approval.owner === null ? (
              <>
                <span className="text-stop">nobody: nobody can approve its calls</span>{' '}
                <SetOwnerLink caller={caller} />
              </>
            ) : (
              <>
                <VisibleText text={approval.owner.name} />{' '}
                <span className="text-muted">{approval.owner.email ?? approval.owner.key}</span>
              </>
            )}
          </Fact>
        )}
        <Fact name="Groups">{caller.groups.length === 0 ? 'none' : caller.groups.join(', ')}</Fact>
        <Fact name="Client">
          {client.name === null ? (
            'not named'
          ) : (
            <>
              <VisibleText text={`${client.name} ${client.version ?? ''}`.trim()} />{' '}
              <span className="text-muted">(as it calls itself)</span>
            </>
          )}
        </Fact>
        <Fact name="Connection">
          <VisibleText text={approval.connection.title} />{' '}
          <span className="font-mono text-sm text-muted">{approval.connection.slug}</span>
        </Fact>
        <Fact name="Method">
          <code className="font-mono text-sm">
            <VisibleText text={approval.method} />
          </code>
        </Fact>
        <Fact name="Held">
          <Utc at={approval.heldAt} />
        </Fact>
        <Fact name="Session">
          <TextLink href={`/sessions/${encodeURIComponent(approval.sessionId)}`}>
            Replay what it did before
          </TextLink>
        </Fact>
        <Fact name="Digest">
          <code className="font-mono text-xs break-all text-muted">{approval.paramsDigest}</code>
        </Fact>
      </Facts>
    </section>
  );
}
