"""What survives: agents killed, brokers killed, databases locked and gone, clocks that jump."""
