"""What layer for my facts? How many facts for my layer?"""
