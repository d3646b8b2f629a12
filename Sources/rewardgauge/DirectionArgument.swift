public import ArgumentParser
public import MDPSolvers

/// `max` or `min` on the command line.
extension Direction: ExpressibleByArgument {}
