'use client';

import { Component } from 'react';
import type { ReactNode } from 'react';

/** Shows something else where a component threw. Another `of` gives it a new chance. */
export class Boundary extends Component<
  { of: string; fallback: ReactNode; children: ReactNode },
  { failed: string | null }
> {
  override state: { failed: string | null } = { failed: null };

  static getDerivedStateFromError() {
    return { failed: '' };
  }

  override componentDidCatch() {
    this.setState({ failed: this.props.of });
  }

  override render() {
    const { failed } = this.state;
    return failed === '' || failed === this.props.of ? this.props.fallback : this.props.children;
  }
}
