"""What is known of each column, once: who may see it, and what personal data it may hold."""
