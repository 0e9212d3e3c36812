import type { ComponentChildren } from 'preact';

/** A part of a form that most can leave as it is: folded, with what it says now. What is wrong in it unfolds it. */
export const Fold = ({
  title,
  says,
  isOpen,
  children,
}: {
  title: string;
  says: string;
  isOpen: boolean;
  children: ComponentChildren;
}) => (
  <details class="fold" open={isOpen}>
    <summary>
      <h3>{title}</h3> <span class="quiet">{says}</span>
    </summary>
    <div class="fold-body">{children}</div>
  </details>
);
