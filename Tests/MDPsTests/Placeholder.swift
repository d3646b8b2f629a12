// MDPs
