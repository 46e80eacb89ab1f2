"""What identifies a natural person: recognised, masked, told apart by pseudonyms."""
