"""Value a tape over HTTP with the client: python value_a_tape.py ADDRESS TAPE KEY."""

import sys
from pathlib import Path

from serving.client import Client

if __name__ == "__main__":
    with Client(sys.argv[1], api_key=sys.argv[3]) as client:
        answer = client.value_tape(Path(sys.argv[2]), cutoff_date="2025-12-31")
    package = answer["package"]
    print(f"{package['claims']} claims, bid {package['maximum_bid_yuan']:,.0f} yuan")
