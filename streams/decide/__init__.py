"""Pure judgement: a message changes the state record that it is given, and adds to `Effects`. No clock, no chance, no input or output."""
