"""Keep FlowKit, FlowIO and FlowUtils behind one door."""
