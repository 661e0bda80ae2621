"""(opens with a sentence)"""
