"""What layer for my facts?"""
