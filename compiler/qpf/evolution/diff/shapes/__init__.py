"""What a schema lets values be, in one spelling, whatever it is written in."""
