"""What the fleet knows of plastics: hand-written, named by agents/plastos_adapter.yaml, never generated."""
